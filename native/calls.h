/* The functions that JavaScript calls; the comment above each definition has its arguments. */
#ifndef GROUPSIG_CALLS_H
#define GROUPSIG_CALLS_H

#include <node_api.h>

napi_value decode_g1(napi_env env, napi_callback_info info);
napi_value encode_g1(napi_env env, napi_callback_info info);
napi_value decode_g2(napi_env env, napi_callback_info info);
napi_value encode_g2(napi_env env, napi_callback_info info);
napi_value is_identity_g1(napi_env env, napi_callback_info info);
napi_value is_identity_g2(napi_env env, napi_callback_info info);
napi_value equal_g1(napi_env env, napi_callback_info info);
napi_value add_g1(napi_env env, napi_callback_info info);
napi_value negate_g1(napi_env env, napi_callback_info info);
napi_value generator_g2(napi_env env, napi_callback_info info);
napi_value add_g2(napi_env env, napi_callback_info info);
napi_value multiply_g2(napi_env env, napi_callback_info info);
napi_value multiply_secret(napi_env env, napi_callback_info info);
napi_value multi_scalar_g1(napi_env env, napi_callback_info info);
napi_value hash_to_g1(napi_env env, napi_callback_info info);
napi_value fill_lines(napi_env env, napi_callback_info info);
napi_value pairs(napi_env env, napi_callback_info info);
napi_value fill_table(napi_env env, napi_callback_info info);
napi_value multiply_table(napi_env env, napi_callback_info info);

napi_value create_verifier(napi_env env, napi_callback_info info);
napi_value verify(napi_env env, napi_callback_info info);
napi_value verify_batch(napi_env env, napi_callback_info info);
napi_value verify_batch_async(napi_env env, napi_callback_info info);

#endif
