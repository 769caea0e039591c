/* The two parts of a verification, which a batch takes apart. */
#ifndef GROUPSIG_CHECK_H
#define GROUPSIG_CHECK_H

#include "blst.h"
#include "verifier.h"

/* Everything but the pairings, and the two points that are left for those. 1, 0, or -1 when memory is short. */
int check_in_g1(verifier *v, const uint8_t item[ITEM_BYTES], blst_p1_affine *A, blst_p1_affine *Abar);
/* e(A', w) * e(-Abar, g2) = 1 */
int check_pairing(const verifier *v, const blst_p1_affine *A, const blst_p1_affine *Abar);

#endif
