/* Arguments of a call through Node-API: every one is checked, and what is wrong becomes an exception. */
#ifndef GROUPSIG_CALL_H
#define GROUPSIG_CALL_H

#include <node_api.h>

#include "scalar.h"
#include "verifier.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A call in progress: its arguments, and whether an exception is pending. */
typedef struct {
    napi_env env;
    napi_value args[8];
    int failed;
} call;

/* Throw, unless something was thrown before. */
void fail_type(call *c, const char *text);
void fail_range(call *c, const char *text);
void fail_memory(call *c);

/* The call with its arguments, of which there must be as many as wanted. */
call begin(napi_env env, napi_callback_info info, size_t wanted);
/* The bytes of a Uint8Array; NULL for an empty one and after a failure. */
uint8_t *bytes_of(call *c, size_t i, size_t *length);
/* As bytes_of, for one length. */
uint8_t *exactly(call *c, size_t i, size_t length);
/* As exactly, for what is used in place and must lie as limbs do. */
void *aligned(call *c, size_t i, size_t length);
/* Copies `length` bytes out of a Uint8Array of that length; zeros after a failure. */
void copy_in(call *c, size_t i, void *out, size_t length);
/* Copies a result into a Uint8Array of exactly its length. */
void copy_out(call *c, size_t i, const void *from, size_t length);
/* A bigint below r; 0 after a failure. */
void scalar_of(call *c, napi_value value, scalar *out);
/* A Uint8Array of at most 255 bytes. */
void label_of(call *c, size_t i, label *out);
/* What a call answers. */
napi_value boolean(napi_env env, int value);

#endif
