"""The spine that every scenario stands on; see docs/adr for why its floors bear the five verbs."""
