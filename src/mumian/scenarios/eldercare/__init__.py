"""Smart elderly care (智慧养老), plan clause 四(八): a fall, from the wristband to the nurse and to the proof."""
