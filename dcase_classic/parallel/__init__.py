"""Work in several threads, processes or computers, with the same results as in one."""
