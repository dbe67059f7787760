"""`bench evidence`: what signing costs, and how fast evidence is made and checked."""
