"""Records become findings: calls, vital signs, stillness, falls. Pure steps over keyed state; nobody is paged here."""
