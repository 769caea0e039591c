#include "fixed-base.h"

#include <stdlib.h>
#include <string.h>

int base_table_fill(base_table *out, const blst_p1 *point)
{
    const size_t all = BASE_ROWS * ROW_MULTIPLES;
    blst_p1 powers[BASE_ROWS];
    blst_p1_affine affine[BASE_ROWS];
    blst_fp scratch[BASE_ROWS];
    if (blst_p1_is_inf(point)) {
        memset(out, 0, sizeof(*out));
        return 1;
    }
    blst_p1 *jacobian = malloc(all * (sizeof(blst_p1) + sizeof(blst_fp)));
    if (jacobian == NULL)
        return 0;
    powers[0] = *point;
    for (int i = 1; i < BASE_ROWS; i++) {
        powers[i] = powers[i - 1];
        for (int bit = 0; bit < 8; bit++)
            blst_p1_double(&powers[i], &powers[i]);
    }
    normalise(affine, powers, BASE_ROWS, scratch);
    for (int i = 0; i < BASE_ROWS; i++) {
        blst_p1 *row = jacobian + i * ROW_MULTIPLES;
        row[0] = powers[i];
        for (int j = 1; j < ROW_MULTIPLES; j++) {
            row[j] = row[j - 1];
            add_mixed(&row[j], &affine[i], 0);
        }
    }
    normalise(out->multiple[0], jacobian, all, (blst_fp *)(jacobian + all));
    free(jacobian);
    return 1;
}

/* acc += half*P, or half*z^2*P. */
static void add_half(blst_p1 *acc, const base_table *table, const uint64_t half[2], int is_turned)
{
    int carry = 0;
    for (int i = 0; i < BASE_ROWS; i++) {
        int digit = (i < 16 ? (int)(half[i / 8] >> (8 * (i % 8)) & 255) : 0) + carry;
        carry = digit > ROW_MULTIPLES;
        if (carry)
            digit -= 256;
        if (digit == 0)
            continue;
        const blst_p1_affine *multiple = &table->multiple[i][abs(digit) - 1];
        blst_p1_affine turned;
        if (is_turned) {
            turn(&turned, multiple, 1);
            multiple = &turned;
        }
        add_mixed(acc, multiple, digit < 0);
    }
}

void base_multiply(blst_p1 *out, const base_table *table, const scalar *k)
{
    static const blst_p1_affine infinity;
    uint64_t low[2], high[2];
    memset(out, 0, sizeof(*out));
    if (memcmp(table->multiple[0], &infinity, sizeof(infinity)) == 0)
        return;
    scalar_split(low, high, k);
    add_half(out, table, low, 0);
    add_half(out, table, high, 1);
}
