#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "fixed-base.h"
#include "pairing.h"
#include "sums.h"

/* decodeG1(out, bytes48): boolean */
napi_value decode_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    uint8_t in[48];
    blst_p1_affine affine;
    blst_p1 point;
    copy_in(&c, 1, in, sizeof(in));
    if (c.failed)
        return NULL;
    if (blst_p1_uncompress(&affine, in) != BLST_SUCCESS || !blst_p1_affine_in_g1(&affine))
        return boolean(env, 0);
    blst_p1_from_affine(&point, &affine);
    copy_out(&c, 0, &point, sizeof(point));
    return boolean(env, 1);
}

/* encodeG1(out48, point) */
napi_value encode_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    blst_p1 point;
    uint8_t out[48];
    copy_in(&c, 1, &point, sizeof(point));
    if (c.failed)
        return NULL;
    blst_p1_compress(out, &point);
    copy_out(&c, 0, out, sizeof(out));
    return NULL;
}

/* decodeG2(out, bytes96): boolean */
napi_value decode_g2(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    uint8_t in[96];
    blst_p2_affine affine;
    blst_p2 point;
    copy_in(&c, 1, in, sizeof(in));
    if (c.failed)
        return NULL;
    if (blst_p2_uncompress(&affine, in) != BLST_SUCCESS || !blst_p2_affine_in_g2(&affine))
        return boolean(env, 0);
    blst_p2_from_affine(&point, &affine);
    copy_out(&c, 0, &point, sizeof(point));
    return boolean(env, 1);
}

/* encodeG2(out96, point) */
napi_value encode_g2(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    blst_p2 point;
    uint8_t out[96];
    copy_in(&c, 1, &point, sizeof(point));
    if (c.failed)
        return NULL;
    blst_p2_compress(out, &point);
    copy_out(&c, 0, out, sizeof(out));
    return NULL;
}

/* isIdentityG1(point): boolean */
napi_value is_identity_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 1);
    blst_p1 point;
    copy_in(&c, 0, &point, sizeof(point));
    return c.failed ? NULL : boolean(env, blst_p1_is_inf(&point));
}

/* isIdentityG2(point): boolean */
napi_value is_identity_g2(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 1);
    blst_p2 point;
    copy_in(&c, 0, &point, sizeof(point));
    return c.failed ? NULL : boolean(env, blst_p2_is_inf(&point));
}

/* equalG1(a, b): boolean */
napi_value equal_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    blst_p1 a, b;
    copy_in(&c, 0, &a, sizeof(a));
    copy_in(&c, 1, &b, sizeof(b));
    return c.failed ? NULL : boolean(env, blst_p1_is_equal(&a, &b));
}

/* addG1(out, a, b) */
napi_value add_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    blst_p1 a, b;
    copy_in(&c, 1, &a, sizeof(a));
    copy_in(&c, 2, &b, sizeof(b));
    if (c.failed)
        return NULL;
    blst_p1_add_or_double(&a, &a, &b);
    copy_out(&c, 0, &a, sizeof(a));
    return NULL;
}

/* negateG1(out, a) */
napi_value negate_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    blst_p1 a;
    copy_in(&c, 1, &a, sizeof(a));
    if (c.failed)
        return NULL;
    blst_p1_cneg(&a, 1);
    copy_out(&c, 0, &a, sizeof(a));
    return NULL;
}

/* generatorG2(out): the standard generator */
napi_value generator_g2(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 1);
    copy_out(&c, 0, blst_p2_generator(), sizeof(blst_p2));
    return NULL;
}

/* addG2(out, a, b) */
napi_value add_g2(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    blst_p2 a, b;
    copy_in(&c, 1, &a, sizeof(a));
    copy_in(&c, 2, &b, sizeof(b));
    if (c.failed)
        return NULL;
    blst_p2_add_or_double(&a, &a, &b);
    copy_out(&c, 0, &a, sizeof(a));
    return NULL;
}

/* multiplyG2(out, point, k) */
napi_value multiply_g2(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    blst_p2 point;
    scalar k;
    uint8_t le[32];
    copy_in(&c, 1, &point, sizeof(point));
    scalar_of(&c, c.args[2], &k);
    if (c.failed)
        return NULL;
    scalar_to_le(le, &k);
    blst_p2_mult(&point, &point, le, 255);
    copy_out(&c, 0, &point, sizeof(point));
    return NULL;
}

/* Overwrites what a compiler would leave. */
static void wipe(void *secret, size_t length)
{
    volatile uint8_t *byte = secret;
    while (length--)
        *byte++ = 0;
}

/* multiplySecret(out, point, k): blst's constant-time multiplication, for a long-term secret or its nonce */
napi_value multiply_secret(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    blst_p1 point;
    scalar k;
    uint8_t le[32];
    copy_in(&c, 1, &point, sizeof(point));
    scalar_of(&c, c.args[2], &k);
    if (!c.failed) {
        scalar_to_le(le, &k);
        blst_p1_mult(&point, &point, le, 255);
        copy_out(&c, 0, &point, sizeof(point));
        wipe(le, sizeof(le));
    }
    wipe(&k, sizeof(k));
    return NULL;
}

/* multiScalar(out, points, scalars): points one after another, as many bigints */
napi_value multi_scalar_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    size_t length;
    const uint8_t *points = bytes_of(&c, 1, &length);
    size_t n = length / sizeof(blst_p1);
    uint32_t count = 0;
    bool is_array = false;
    if (c.failed)
        return NULL;
    if (napi_is_array(env, c.args[2], &is_array) != napi_ok || !is_array)
        fail_type(&c, "scalars are no array");
    else if (napi_get_array_length(env, c.args[2], &count) != napi_ok || count != n || n == 0 || n > 1u << 20 ||
             length % sizeof(blst_p1) != 0)
        fail_range(&c, "msm: lengths differ or are 0");
    if (c.failed)
        return NULL;
    blst_p1 *copied = malloc(n * (sizeof(blst_p1) + sizeof(scalar)));
    if (copied == NULL) {
        fail_memory(&c);
        return NULL;
    }
    scalar *scalars = (scalar *)(copied + n);
    memcpy(copied, points, length);
    for (uint32_t i = 0; i < n && !c.failed; i++) {
        napi_value value;
        /* Reading an element may run a getter, so the points were copied before. */
        if (napi_get_element(env, c.args[2], i, &value) != napi_ok)
            c.failed = 1;
        else
            scalar_of(&c, value, &scalars[i]);
    }
    if (!c.failed) {
        blst_p1 sum;
        if (multi_scalar(&sum, copied, scalars, n))
            copy_out(&c, 0, &sum, sizeof(sum));
        else
            fail_memory(&c);
    }
    free(copied);
    return NULL;
}

/* hashToG1(out, message, dst) */
napi_value hash_to_g1(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    static const uint8_t nothing[1];
    size_t length;
    const uint8_t *message = bytes_of(&c, 1, &length);
    label dst;
    blst_p1 point;
    label_of(&c, 2, &dst);
    if (dst.length == 0)
        fail_range(&c, "dst must have 1 to 255 bytes");
    if (c.failed)
        return NULL;
    blst_hash_to_g1(&point, length > 0 ? message : nothing, length, dst.bytes, dst.length, NULL, 0);
    copy_out(&c, 0, &point, sizeof(point));
    return NULL;
}

/* fillLines(out, pointG2): the Miller lines of a point of G2 */
napi_value fill_lines(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    blst_p2 point;
    pairing_lines lines;
    copy_in(&c, 1, &point, sizeof(point));
    if (c.failed)
        return NULL;
    pairing_lines_fill(&lines, &point);
    copy_out(&c, 0, &lines, sizeof(lines));
    return NULL;
}

/* pairsToOne(p, linesOfW, q, linesOfV): boolean */
napi_value pairs(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 4);
    blst_p1 points[2];
    blst_p1_affine affine[2];
    blst_fp scratch[2];
    copy_in(&c, 0, &points[0], sizeof(points[0]));
    const pairing_lines *w = aligned(&c, 1, sizeof(pairing_lines));
    copy_in(&c, 2, &points[1], sizeof(points[1]));
    const pairing_lines *v = aligned(&c, 3, sizeof(pairing_lines));
    if (c.failed)
        return NULL;
    normalise(affine, points, 2, scratch);
    return boolean(env, pairs_to_one(&affine[0], w, &affine[1], v));
}

/* fillTable(out, point): the table of a fixed base */
napi_value fill_table(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 2);
    blst_p1 point;
    base_table *table = aligned(&c, 0, sizeof(base_table));
    copy_in(&c, 1, &point, sizeof(point));
    if (!c.failed && !base_table_fill(table, &point))
        fail_memory(&c);
    return NULL;
}

/* multiplyTable(out, table, k) */
napi_value multiply_table(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 3);
    const base_table *table = aligned(&c, 1, sizeof(base_table));
    scalar k;
    blst_p1 product;
    scalar_of(&c, c.args[2], &k);
    if (c.failed)
        return NULL;
    base_multiply(&product, table, &k);
    copy_out(&c, 0, &product, sizeof(product));
    return NULL;
}
