/*
 * Whole verifications of NHI-GSIG-V1 (groupsig note, "Verify" and "Batch"). A verifier is made for one group key; after
 * that it is shared by threads. Public data only: VARIABLE TIME.
 */
#ifndef GROUPSIG_VERIFIER_H
#define GROUPSIG_VERIFIER_H

#include <stddef.h>
#include <stdint.h>

/* ctx(74), H_M(32), sigma(400), one after another. */
#define CONTEXT_BYTES 74
#define HASH_BYTES 32
#define SIGNATURE_BYTES 400
#define ITEM_BYTES (CONTEXT_BYTES + HASH_BYTES + SIGNATURE_BYTES)
#define SEED_BYTES 32

/* A text of at most 255 bytes. */
typedef struct {
    uint8_t bytes[255];
    size_t length;
} label;

/* What a verifier is made from; the labels come from the one table of tags. */
typedef struct {
    uint8_t pkh[HASH_BYTES];
    uint8_t w[96];
    uint8_t k1[48];
    /* g1, h, h_ep, h_cls, G, K2 */
    uint8_t generators[6][48];
    label epoch_dst, class_dst;
    /* First fields of tx and c, without their length byte. */
    label transcript, challenge;
} verifier_key;

typedef struct verifier verifier;

/* NULL when memory is short or a point of the key is not a point of its group other than O. */
verifier *verifier_create(const verifier_key *key);
void verifier_destroy(verifier *v);
size_t verifier_size(void);
/* 1 or 0; -1 when memory is short. */
int verifier_check(verifier *v, const uint8_t item[ITEM_BYTES]);
/*
 * A verdict (1 or 0) for each of n items. The exponents are SHA-256(seed, lane, counter): different lanes under one seed
 * never share one. 0 when memory is short.
 */
int verifier_check_batch(verifier *v, const uint8_t *items, size_t n, const uint8_t seed[SEED_BYTES], uint32_t lane,
                         uint8_t *verdicts);

#endif
