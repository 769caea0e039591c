/*
 * The Node-API surface (version 8, no external buffers: one binary for Node and Electron). Points travel as blst's
 * Jacobian form in Uint8Arrays that the TypeScript side keeps private; every argument is checked here again, so that a
 * wrong call throws.
 */
#include "call.h"
#include "calls.h"
#include "fixed-base.h"
#include "pairing.h"

/* Raised whenever a function changes its meaning; the loader compares it. */
#define API 1

static napi_value init(napi_env env, napi_value exports)
{
    static const struct {
        const char *name;
        napi_callback function;
    } functions[] = {
        {"decodeG1", decode_g1},
        {"encodeG1", encode_g1},
        {"decodeG2", decode_g2},
        {"encodeG2", encode_g2},
        {"isIdentityG1", is_identity_g1},
        {"isIdentityG2", is_identity_g2},
        {"equalG1", equal_g1},
        {"addG1", add_g1},
        {"negateG1", negate_g1},
        {"generatorG2", generator_g2},
        {"addG2", add_g2},
        {"multiplyG2", multiply_g2},
        {"multiplySecret", multiply_secret},
        {"multiScalar", multi_scalar_g1},
        {"hashToG1", hash_to_g1},
        {"fillLines", fill_lines},
        {"pairsToOne", pairs},
        {"fillTable", fill_table},
        {"multiplyTable", multiply_table},
        {"createVerifier", create_verifier},
        {"verify", verify},
        {"verifyBatch", verify_batch},
        {"verifyBatchAsync", verify_batch_async},
    };
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {
        {"api", API},
        {"bytesG1", sizeof(blst_p1)},
        {"bytesG2", sizeof(blst_p2)},
        {"bytesLines", sizeof(pairing_lines)},
        {"bytesTable", sizeof(base_table)},
    };
    napi_value value;
    for (size_t i = 0; i < COUNT(functions); i++)
        if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &value) !=
                napi_ok ||
            napi_set_named_property(env, exports, functions[i].name, value) != napi_ok)
            return NULL;
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (napi_create_uint32(env, numbers[i].value, &value) != napi_ok ||
            napi_set_named_property(env, exports, numbers[i].name, value) != napi_ok)
            return NULL;
    return exports;
}

NAPI_MODULE(groupsig, init)
