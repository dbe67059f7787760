"""The yearly evaluation of subjects and regions. Pure."""
