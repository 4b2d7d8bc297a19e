"""The extensions of this site: each does one thing that no kept library does."""
