#include "scalar.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

static const uint64_t ORDER[4] = {0xffffffff00000001, 0x53bda402fffe5bfe, 0x3339d80809a1d805, 0x73eda753299d7d48};
const uint64_t ZZ[2] = {0x0000000100000000, 0xac45a4010001a402};

int scalar_is_reduced(const scalar *k)
{
    for (int i = 3; i >= 0; i--)
        if (k->limb[i] != ORDER[i])
            return k->limb[i] < ORDER[i];
    return 0;
}

int scalar_from_bytes(scalar *out, const uint8_t in[32])
{
    for (int i = 0; i < 4; i++) {
        uint64_t limb = 0;
        for (int j = 0; j < 8; j++)
            limb = limb << 8 | in[8 * (3 - i) + j];
        out->limb[i] = limb;
    }
    return scalar_is_reduced(out);
}

void scalar_to_le(uint8_t out[32], const scalar *k)
{
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)(k->limb[i / 8] >> (8 * (i % 8)));
}

/*
 * One step of Knuth's algorithm D (TAOCP 4.3.1): rest (3 limbs) = q*z^2 + rest (2 limbs). The top bit of z^2 is set, so
 * the first guess is at most two too large.
 */
static uint64_t divide_step(uint64_t rest[3])
{
    uint64_t q = rest[2] >= ZZ[1] ? UINT64_MAX : (uint64_t)((((wide)rest[2] << 64) | rest[1]) / ZZ[1]);
    wide low = (wide)q * ZZ[0];
    wide high = (wide)q * ZZ[1] + (uint64_t)(low >> 64);
    const uint64_t product[3] = {(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64)};
    uint64_t borrow = 0;
    for (int i = 0; i < 3; i++) {
        wide difference = (wide)rest[i] - product[i] - borrow;
        rest[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    while (borrow) {
        wide sum = (wide)rest[0] + ZZ[0];
        rest[0] = (uint64_t)sum;
        sum = (wide)rest[1] + ZZ[1] + (uint64_t)(sum >> 64);
        rest[1] = (uint64_t)sum;
        sum = (wide)rest[2] + (uint64_t)(sum >> 64);
        rest[2] = (uint64_t)sum;
        borrow = (uint64_t)(sum >> 64) ^ 1;
        q--;
    }
    return q;
}

void scalar_split(uint64_t low[2], uint64_t high[2], const scalar *k)
{
    uint64_t rest[4];
    memcpy(rest, k->limb, sizeof(rest));
    high[1] = divide_step(rest + 1);
    high[0] = divide_step(rest);
    memcpy(low, rest, 2 * sizeof(*low));
}

/* `count` bits from bit `at` on; zeros above bit 127. */
static unsigned bits_at(const uint64_t k[2], int at, int count)
{
    uint64_t value = 0;
    if (at < 64)
        value = at == 0 ? k[0] : k[0] >> at | k[1] << (64 - at);
    else if (at < 128)
        value = k[1] >> (at - 64);
    return (unsigned)(value & ((1u << count) - 1));
}

void recode(digits out, const uint64_t k[2], int window)
{
    unsigned carry = 0;
    memset(out, 0, sizeof(digits));
    for (int at = 0; at < DIGITS;) {
        if (bits_at(k, at, 1) == carry) {
            at++;
            continue;
        }
        int digit = (int)(bits_at(k, at, window) + carry);
        carry = (unsigned)digit >> (window - 1) & 1;
        out[at] = (int16_t)(digit - (int)(carry << window));
        at += window;
    }
}
