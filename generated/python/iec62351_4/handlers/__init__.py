"""Association handlers generated from the state-machine models, and their run-time support."""
