//! What of an iexec.json would fail or surprise, before anything runs.
