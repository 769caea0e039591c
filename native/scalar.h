/*
 * Scalars modulo r and their digits, for public data: GLV splitting (Gallant, Lambert, Vanstone, CRYPTO 2001) and signed
 * windows. VARIABLE TIME.
 */
#ifndef GROUPSIG_SCALAR_H
#define GROUPSIG_SCALAR_H

#include <stdint.h>

/* Four little-endian limbs. */
typedef struct {
    uint64_t limb[4];
} scalar;

/* Signed digits of a number below 2^128, one for each bit: zero, or odd and followed by zeros. */
#define DIGITS 130
typedef int16_t digits[DIGITS];

/* z^2 where z = -0xd201000000010000 is the parameter of the curve; r = z^4 - z^2 + 1. */
extern const uint64_t ZZ[2];

/* Big-endian bytes; 0 when the value is not below r. */
int scalar_from_bytes(scalar *out, const uint8_t in[32]);
/* Is it below r? */
int scalar_is_reduced(const scalar *k);
/* Little-endian bytes, as blst takes them. */
void scalar_to_le(uint8_t out[32], const scalar *k);
/* k = low + high*z^2, both below 2^128, for k below r. */
void scalar_split(uint64_t low[2], uint64_t high[2], const scalar *k);
/* Signed digits of k at a window of 2 to 15 bits. */
void recode(digits out, const uint64_t k[2], int window);

#endif
