/* See StandStill.c; nobody calls it. */
