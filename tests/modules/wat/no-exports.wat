;; A module that offers nothing, not even a memory.
(module)
