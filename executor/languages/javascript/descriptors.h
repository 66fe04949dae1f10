/* Gives a copied process descriptors of its own, in place of those that it would share with the first one. */
#pragma once

/* Note all descriptors after the program's own. End the process if there is one of a kind that we do not know. */
void note_descriptors(void);

/* Make new ones of the same kinds, with the same numbers. None of these numbers may be in use. */
void renew_descriptors(void);
