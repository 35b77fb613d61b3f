"""Settings, wiring, command line and demo: the only place that knows every room."""
