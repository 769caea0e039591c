#include "call.h"

#include <string.h>

#include "blst.h"

void fail_type(call *c, const char *text)
{
    if (!c->failed)
        napi_throw_type_error(c->env, NULL, text);
    c->failed = 1;
}

void fail_range(call *c, const char *text)
{
    if (!c->failed)
        napi_throw_range_error(c->env, NULL, text);
    c->failed = 1;
}

void fail_memory(call *c)
{
    if (!c->failed)
        napi_throw_error(c->env, NULL, "out of memory");
    c->failed = 1;
}

call begin(napi_env env, napi_callback_info info, size_t wanted)
{
    call c = {.env = env};
    size_t count = COUNT(c.args);
    if (napi_get_cb_info(env, info, &count, c.args, NULL, NULL) != napi_ok || count != wanted)
        fail_type(&c, "wrong number of arguments");
    return c;
}

uint8_t *bytes_of(call *c, size_t i, size_t *length)
{
    napi_typedarray_type type;
    void *data = NULL;
    bool is_array = false;
    *length = 0;
    if (c->failed)
        return NULL;
    if (napi_is_typedarray(c->env, c->args[i], &is_array) != napi_ok || !is_array ||
        napi_get_typedarray_info(c->env, c->args[i], &type, length, &data, NULL, NULL) != napi_ok ||
        type != napi_uint8_array) {
        *length = 0;
        fail_type(c, "not a Uint8Array");
        return NULL;
    }
    return data;
}

uint8_t *exactly(call *c, size_t i, size_t length)
{
    size_t found;
    uint8_t *data = bytes_of(c, i, &found);
    if (found != length)
        fail_range(c, "wrong number of bytes");
    return c->failed ? NULL : data;
}

void *aligned(call *c, size_t i, size_t length)
{
    uint8_t *data = exactly(c, i, length);
    if ((uintptr_t)data % sizeof(limb_t) != 0)
        fail_range(c, "not aligned");
    return c->failed ? NULL : data;
}

void copy_in(call *c, size_t i, void *out, size_t length)
{
    const uint8_t *data = exactly(c, i, length);
    if (data != NULL)
        memcpy(out, data, length);
    else
        memset(out, 0, length);
}

void copy_out(call *c, size_t i, const void *from, size_t length)
{
    uint8_t *data = exactly(c, i, length);
    if (data != NULL)
        memcpy(data, from, length);
}

void scalar_of(call *c, napi_value value, scalar *out)
{
    int sign = 0;
    size_t words = COUNT(out->limb);
    napi_valuetype type;
    memset(out, 0, sizeof(*out));
    if (c->failed)
        return;
    if (napi_typeof(c->env, value, &type) != napi_ok || type != napi_bigint)
        fail_type(c, "scalar is no bigint");
    else if (napi_get_value_bigint_words(c->env, value, &sign, &words, out->limb) != napi_ok || sign ||
             words > COUNT(out->limb) || !scalar_is_reduced(out))
        fail_range(c, "scalar out of range");
}

void label_of(call *c, size_t i, label *out)
{
    const uint8_t *data = bytes_of(c, i, &out->length);
    if (out->length > sizeof(out->bytes)) {
        out->length = 0;
        fail_range(c, "more than 255 bytes");
    } else if (out->length > 0)
        memcpy(out->bytes, data, out->length);
}

napi_value boolean(napi_env env, int value)
{
    napi_value result = NULL;
    napi_get_boolean(env, value, &result);
    return result;
}
