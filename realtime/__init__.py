"""The wire: bus engines, the websocket gateway, the HTTP application's shell, sign-in."""
