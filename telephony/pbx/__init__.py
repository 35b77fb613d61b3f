"""The Asterisk that Memberline needs: finding one, configuring it, running a private one."""
