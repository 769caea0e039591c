#include "verifier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixed-base.h"
#include "pairing.h"
#include "sums.h"

#define POINTS 5
#define BASE 7
#define BASE_POINTS (1 << (BASE - 2))
#define BASES_KEPT 64

/* B of an epoch and class, and its encoding. */
typedef struct {
    int filled;
    uint8_t attributes[8];
    uint8_t encoded[48];
    int is_infinity;
    blst_p1_affine odd[BASE_POINTS];
} attribute_base;

struct verifier {
    verifier_key key;
    pairing_lines w, g2;
    base_table h, G, K1, twin;
    blst_p1 g1, h_epoch, h_class;
    /* The one thing that changes: found by attributes, overwritten where two share a place. */
    pthread_mutex_t lock;
    attribute_base kept[BASES_KEPT];
};

size_t verifier_size(void)
{
    return sizeof(verifier);
}

/* A point of the curve other than O, from its one encoding. */
static int decode_on_curve(blst_p1_affine *out, const uint8_t in[48])
{
    return blst_p1_uncompress(out, in) == BLST_SUCCESS && !blst_p1_affine_is_inf(out);
}

/* One of the subgroup. */
static int decode_point(blst_p1_affine *out, const uint8_t in[48])
{
    return decode_on_curve(out, in) && blst_p1_affine_in_g1(out);
}

static int decode_to(blst_p1 *out, const uint8_t in[48])
{
    blst_p1_affine affine;
    if (!decode_point(&affine, in))
        return 0;
    blst_p1_from_affine(out, &affine);
    return 1;
}

static int fill(verifier *v)
{
    blst_p2_affine w;
    blst_p2 w_point;
    blst_p1 h, G, K1, K2, minus, twin;
    if (blst_p2_uncompress(&w, v->key.w) != BLST_SUCCESS || blst_p2_affine_is_inf(&w) || !blst_p2_affine_in_g2(&w))
        return 0;
    if (!decode_to(&v->g1, v->key.generators[0]) || !decode_to(&h, v->key.generators[1]) ||
        !decode_to(&v->h_epoch, v->key.generators[2]) || !decode_to(&v->h_class, v->key.generators[3]) ||
        !decode_to(&G, v->key.generators[4]) || !decode_to(&K2, v->key.generators[5]) || !decode_to(&K1, v->key.k1))
        return 0;
    minus = K1;
    blst_p1_cneg(&minus, 1);
    blst_p1_add_or_double(&twin, &K2, &minus);
    if (blst_p1_is_inf(&twin))
        return 0;
    blst_p2_from_affine(&w_point, &w);
    pairing_lines_fill(&v->w, &w_point);
    pairing_lines_fill(&v->g2, blst_p2_generator());
    return base_table_fill(&v->h, &h) && base_table_fill(&v->G, &G) && base_table_fill(&v->K1, &K1) &&
           base_table_fill(&v->twin, &twin);
}

verifier *verifier_create(const verifier_key *key)
{
    verifier *v = calloc(1, sizeof(*v));
    if (v == NULL)
        return NULL;
    v->key = *key;
    if (!fill(v) || pthread_mutex_init(&v->lock, NULL) != 0) {
        free(v);
        return NULL;
    }
    return v;
}

void verifier_destroy(verifier *v)
{
    pthread_mutex_destroy(&v->lock);
    free(v);
}

/* k*P with k = H2S(message, dst): 48 bytes of expand_message_xmd modulo r. */
static void multiply_by_hash(blst_p1 *out, const blst_p1 *point, const uint8_t *message, size_t length, const label *dst)
{
    _Alignas(8) uint8_t wide[64];
    blst_scalar k;
    blst_expand_message_xmd(wide, 48, message, length, dst->bytes, dst->length);
    blst_scalar_from_be_bytes(&k, wide, 48);
    blst_p1_mult(out, point, k.b, 255);
}

static void compute_base(attribute_base *out, const verifier *v, const uint8_t attributes[8])
{
    blst_p1 sum, part, jacobian[BASE_POINTS];
    blst_fp scratch[BASE_POINTS];
    multiply_by_hash(&sum, &v->h_epoch, attributes, 6, &v->key.epoch_dst);
    multiply_by_hash(&part, &v->h_class, attributes + 6, 2, &v->key.class_dst);
    blst_p1_add_or_double(&sum, &sum, &part);
    blst_p1_add_or_double(&sum, &sum, &v->g1);
    out->filled = 1;
    memcpy(out->attributes, attributes, 8);
    blst_p1_compress(out->encoded, &sum);
    out->is_infinity = blst_p1_is_inf(&sum);
    if (out->is_infinity)
        return;
    odd_multiples(jacobian, BASE_POINTS, &sum);
    normalise(out->odd, jacobian, BASE_POINTS, scratch);
}

/* B = g1 + H2S(epoch)*h_ep + H2S(class)*h_cls of epoch(6) and class(2). */
static void base_of(attribute_base *out, verifier *v, const uint8_t attributes[8])
{
    uint64_t number;
    memcpy(&number, attributes, sizeof(number));
    attribute_base *place = &v->kept[(number * 0x9e3779b97f4a7c15u) >> 58];
    pthread_mutex_lock(&v->lock);
    int known = place->filled && memcmp(place->attributes, attributes, 8) == 0;
    if (known)
        *out = *place;
    pthread_mutex_unlock(&v->lock);
    if (known)
        return;
    compute_base(out, v, attributes);
    pthread_mutex_lock(&v->lock);
    *place = *out;
    pthread_mutex_unlock(&v->lock);
}

/* What is hashed, piece after piece. */
typedef struct {
    uint8_t bytes[1024];
    size_t length;
} message;

static void put(message *m, const void *bytes, size_t length)
{
    memcpy(m->bytes + m->length, bytes, length);
    m->length += length;
}

static void put_label(message *m, const label *prefix)
{
    uint8_t length = (uint8_t)prefix->length;
    put(m, &length, 1);
    put(m, prefix->bytes, prefix->length);
}

/* sigma in parts, all of them checked. */
typedef struct {
    blst_p1_affine A, Abar;
    /* c*E1, c*E2, c*E3 */
    blst_p1 multiple[3];
    uint64_t c[2];
    scalar zs, zr, ze, zrho;
} parts;

static int decode_signature(parts *out, const uint8_t signature[SIGNATURE_BYTES])
{
    const uint8_t *answers = signature + 272;
    blst_p1_affine E[3];
    digits c;
    if (!scalar_from_bytes(&out->zs, answers) || !scalar_from_bytes(&out->zr, answers + 32) ||
        !scalar_from_bytes(&out->ze, answers + 64) || !scalar_from_bytes(&out->zrho, answers + 96))
        return 0;
    for (int i = 0; i < 2; i++) {
        out->c[i] = 0;
        for (int j = 0; j < 8; j++)
            out->c[i] = out->c[i] << 8 | signature[256 + 8 * (1 - i) + j];
    }
    for (int i = 0; i < 3; i++)
        if (!decode_on_curve(&E[i], signature + 48 * (2 + i)))
            return 0;
    if (!decode_point(&out->A, signature) || !decode_point(&out->Abar, signature + 48))
        return 0;
    recode(c, out->c, CHECKED);
    for (int i = 0; i < 3; i++)
        if (!checked_multiple(&out->multiple[i], &E[i], c))
            return 0;
    return 1;
}

/* z_r*Abar + z_e*A' - c*B. 0 when memory is short. */
static int blinded_part(blst_p1 *out, const parts *s, const attribute_base *B)
{
    blst_p1 points[2];
    narrow_table table[2];
    const scalar *k[2] = {&s->zr, &s->ze};
    digits recoded[5];
    term terms[5];
    size_t n = 0;
    blst_p1_from_affine(&points[0], &s->Abar);
    blst_p1_from_affine(&points[1], &s->A);
    if (!narrow_tables(table, points, 2))
        return 0;
    for (int i = 0; i < 2; i++) {
        uint64_t low[2], high[2];
        scalar_split(low, high, k[i]);
        recode(recoded[n], low, NARROW);
        terms[n] = (term){table[i].odd, recoded[n], 0};
        n++;
        recode(recoded[n], high, NARROW);
        terms[n] = (term){table[i].turned, recoded[n], 0};
        n++;
    }
    if (!B->is_infinity) {
        recode(recoded[n], s->c, BASE);
        terms[n] = (term){B->odd, recoded[n], 1};
        n++;
    }
    straus(out, terms, n);
    return 1;
}

/* T1..T4 in affine form. 0 when memory is short. */
static int commitments(blst_p1_affine out[4], const verifier *v, const parts *s, const attribute_base *B)
{
    blst_p1 T[4], shared;
    blst_fp scratch[4];
    const blst_p1 *cE1 = &s->multiple[0], *cE2 = &s->multiple[1], *cE3 = &s->multiple[2];
    base_multiply(&shared, &v->h, &s->zs);
    /* T1 = z_r*Abar + z_e*A' - z_s*h - c*B */
    if (!blinded_part(&T[0], s, B))
        return 0;
    add_any(&T[0], &shared, 1);
    /* T2 = z_rho*G - c*E1 */
    base_multiply(&T[1], &v->G, &s->zrho);
    add_any(&T[1], cE1, 1);
    /* T3 = z_s*h + z_rho*K1 - c*E2 */
    base_multiply(&T[2], &v->K1, &s->zrho);
    add_any(&T[2], &shared, 0);
    add_any(&T[2], cE2, 1);
    /* T4 = z_rho*(K2-K1) - c*(E3-E2) */
    base_multiply(&T[3], &v->twin, &s->zrho);
    add_any(&T[3], cE3, 1);
    add_any(&T[3], cE2, 0);
    normalise(out, T, 4, scratch);
    return 1;
}

int check_in_g1(verifier *v, const uint8_t item[ITEM_BYTES], blst_p1_affine *A, blst_p1_affine *Abar)
{
    const uint8_t *ctx = item, *hash = item + CONTEXT_BYTES, *signature = hash + HASH_BYTES;
    parts s;
    attribute_base B;
    blst_p1_affine T[4];
    message m = {.length = 0};
    uint8_t digest[HASH_BYTES], encoded[48];
    if (!decode_signature(&s, signature))
        return 0;
    base_of(&B, v, ctx + 2);
    if (!commitments(T, v, &s, &B))
        return -1;

    /* tx = H256(lp1(prefix), pkh, B, ctx, A', Abar, E1, E2, E3, T1 .. T4) */
    put_label(&m, &v->key.transcript);
    put(&m, v->key.pkh, HASH_BYTES);
    put(&m, B.encoded, 48);
    put(&m, ctx, CONTEXT_BYTES);
    put(&m, signature, POINTS * 48);
    for (int i = 0; i < 4; i++) {
        blst_p1_affine_compress(encoded, &T[i]);
        put(&m, encoded, 48);
    }
    blst_sha256(digest, m.bytes, m.length);

    /* c = H256(lp1(prefix), pkh, n, head, H_M, tx)[0..16) */
    m.length = 0;
    put_label(&m, &v->key.challenge);
    put(&m, v->key.pkh, HASH_BYTES);
    put(&m, signature + 240, 16);
    put(&m, ctx, 8);
    put(&m, hash, HASH_BYTES);
    put(&m, digest, HASH_BYTES);
    blst_sha256(digest, m.bytes, m.length);
    if (memcmp(digest, signature + 256, 16) != 0)
        return 0;
    *A = s.A;
    *Abar = s.Abar;
    return 1;
}

int check_pairing(const verifier *v, const blst_p1_affine *A, const blst_p1_affine *Abar)
{
    blst_p1_affine minus = *Abar;
    blst_fp_cneg(&minus.y, &minus.y, 1);
    return pairs_to_one(A, &v->w, &minus, &v->g2);
}

int verifier_check(verifier *v, const uint8_t item[ITEM_BYTES])
{
    blst_p1_affine A, Abar;
    int answer = check_in_g1(v, item, &A, &Abar);
    return answer == 1 ? check_pairing(v, &A, &Abar) : answer;
}
