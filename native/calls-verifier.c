#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"

static const napi_type_tag VERIFIER_TAG = {0x6e68692d67736967, 0x2d76657269666965};

static void finalize_verifier(napi_env env, void *data, void *hint)
{
    (void)hint;
    int64_t total;
    napi_adjust_external_memory(env, -(int64_t)verifier_size(), &total);
    verifier_destroy(data);
}

/* createVerifier(pkh, w, K1, generators288, epochDst, classDst, transcript, challenge): an opaque object */
napi_value create_verifier(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 8);
    verifier_key key;
    copy_in(&c, 0, key.pkh, sizeof(key.pkh));
    copy_in(&c, 1, key.w, sizeof(key.w));
    copy_in(&c, 2, key.k1, sizeof(key.k1));
    copy_in(&c, 3, key.generators, sizeof(key.generators));
    label_of(&c, 4, &key.epoch_dst);
    label_of(&c, 5, &key.class_dst);
    label_of(&c, 6, &key.transcript);
    label_of(&c, 7, &key.challenge);
    if (c.failed)
        return NULL;
    verifier *v = verifier_create(&key);
    if (v == NULL) {
        fail_range(&c, "key out of its groups");
        return NULL;
    }
    napi_value object;
    int64_t total;
    if (napi_create_object(env, &object) != napi_ok ||
        napi_wrap(env, object, v, finalize_verifier, NULL, NULL) != napi_ok) {
        verifier_destroy(v);
        fail_memory(&c);
        return NULL;
    }
    napi_adjust_external_memory(env, (int64_t)verifier_size(), &total);
    /* Without its tag the object is refused everywhere. */
    napi_type_tag_object(env, object, &VERIFIER_TAG);
    return object;
}

static verifier *verifier_of(call *c, size_t i)
{
    napi_valuetype type;
    bool is_ours = false;
    void *v = NULL;
    if (c->failed)
        return NULL;
    if (napi_typeof(c->env, c->args[i], &type) != napi_ok || type != napi_object ||
        napi_check_object_type_tag(c->env, c->args[i], &VERIFIER_TAG, &is_ours) != napi_ok || !is_ours ||
        napi_unwrap(c->env, c->args[i], &v) != napi_ok)
        fail_type(c, "not a verifier");
    return c->failed ? NULL : v;
}

/* verify(verifier, ctx, messageHash, signature): boolean */
napi_value verify(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 4);
    uint8_t item[ITEM_BYTES];
    verifier *v = verifier_of(&c, 0);
    copy_in(&c, 1, item, CONTEXT_BYTES);
    copy_in(&c, 2, item + CONTEXT_BYTES, HASH_BYTES);
    copy_in(&c, 3, item + CONTEXT_BYTES + HASH_BYTES, SIGNATURE_BYTES);
    if (c.failed)
        return NULL;
    int answer = verifier_check(v, item);
    if (answer < 0)
        fail_memory(&c);
    return c.failed ? NULL : boolean(env, answer);
}

/* A batch and all it needs: inputs copied, verdicts behind them. */
typedef struct {
    verifier *v;
    uint8_t seed[SEED_BYTES];
    uint32_t lane;
    size_t n;
    uint8_t *items, *verdicts;
    int made;
    /* Of asynchronous work only. */
    napi_async_work work;
    napi_deferred deferred;
    napi_ref keep;
} job;

/* Reads (verifier, items, seed, lane); NULL after a failure. To be freed by the caller. */
static job *job_of(call *c)
{
    size_t length;
    uint8_t seed[SEED_BYTES];
    uint32_t lane = 0;
    verifier *v = verifier_of(c, 0);
    copy_in(c, 2, seed, SEED_BYTES);
    if (!c->failed && napi_get_value_uint32(c->env, c->args[3], &lane) != napi_ok)
        fail_type(c, "lane is no number");
    const uint8_t *items = bytes_of(c, 1, &length);
    if (length % ITEM_BYTES != 0)
        fail_range(c, "items have 506 bytes each");
    if (c->failed)
        return NULL;
    size_t n = length / ITEM_BYTES;
    job *j = calloc(1, sizeof(*j) + length + n);
    if (j == NULL) {
        fail_memory(c);
        return NULL;
    }
    j->v = v;
    memcpy(j->seed, seed, SEED_BYTES);
    j->lane = lane;
    j->n = n;
    j->items = (uint8_t *)(j + 1);
    j->verdicts = j->items + length;
    if (length > 0)
        memcpy(j->items, items, length);
    return j;
}

static void run(napi_env env, void *data)
{
    (void)env;
    job *j = data;
    j->made = verifier_check_batch(j->v, j->items, j->n, j->seed, j->lane, j->verdicts);
}

/* The verdicts as a Uint8Array; NULL with an exception pending when memory is short. */
static napi_value verdicts_of(napi_env env, const job *j)
{
    napi_value buffer, array;
    void *data;
    if (!j->made || napi_create_arraybuffer(env, j->n, &data, &buffer) != napi_ok ||
        napi_create_typedarray(env, napi_uint8_array, j->n, buffer, 0, &array) != napi_ok) {
        bool pending = false;
        napi_is_exception_pending(env, &pending);
        if (!pending)
            napi_throw_error(env, NULL, "out of memory");
        return NULL;
    }
    if (j->n > 0)
        memcpy(data, j->verdicts, j->n);
    return array;
}

/* verifyBatch(verifier, items, seed, lane): Uint8Array of 1 and 0 */
napi_value verify_batch(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 4);
    job *j = job_of(&c);
    if (j == NULL)
        return NULL;
    run(env, j);
    napi_value verdicts = verdicts_of(env, j);
    free(j);
    return verdicts;
}

static void finish(napi_env env, napi_status status, void *data)
{
    job *j = data;
    napi_value result = status == napi_ok ? verdicts_of(env, j) : NULL;
    if (result != NULL) {
        napi_resolve_deferred(env, j->deferred, result);
    } else {
        napi_value error;
        bool pending = false;
        napi_is_exception_pending(env, &pending);
        if (!pending)
            napi_throw_error(env, NULL, "cancelled");
        if (napi_get_and_clear_last_exception(env, &error) == napi_ok)
            napi_reject_deferred(env, j->deferred, error);
    }
    napi_delete_reference(env, j->keep);
    napi_delete_async_work(env, j->work);
    free(j);
}

/* verifyBatchAsync(verifier, items, seed, lane): the same, promised */
napi_value verify_batch_async(napi_env env, napi_callback_info info)
{
    call c = begin(env, info, 4);
    job *j = job_of(&c);
    napi_value promise = NULL, name;
    if (j == NULL)
        return NULL;
    /* The reference keeps the verifier while the work runs. */
    if (napi_create_reference(env, c.args[0], 1, &j->keep) != napi_ok) {
        free(j);
        fail_memory(&c);
        return NULL;
    }
    if (napi_create_string_utf8(env, "groupsig", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_async_work(env, NULL, name, run, finish, j, &j->work) != napi_ok) {
        napi_delete_reference(env, j->keep);
        free(j);
        fail_memory(&c);
        return NULL;
    }
    if (napi_create_promise(env, &j->deferred, &promise) != napi_ok) {
        napi_delete_async_work(env, j->work);
        napi_delete_reference(env, j->keep);
        free(j);
        fail_memory(&c);
        return NULL;
    }
    /* From here on the promise answers: a deferred that is dropped unsettled is never freed. */
    if (napi_queue_async_work(env, j->work) != napi_ok)
        finish(env, napi_cancelled, j);
    return promise;
}
