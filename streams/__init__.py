"""How it flows: topics, the Faust app, the admission and projector agents, the relay."""
