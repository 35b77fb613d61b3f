"""Speech to words: which model, the recogniser around it, and the pool of threads that serves many telephone legs."""
