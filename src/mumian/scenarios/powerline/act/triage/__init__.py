"""Data triage: what of a flight's photographs is kept, and the ledger of bytes that says so."""
