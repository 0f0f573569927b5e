"""Machine code whose references are audited: for tests (stress ``audit``); nothing here is fast."""
