/*
 * The configuration file. Root writes it, but also by tools and templates, and
 * lsad reads it again on each reload.
 *
 * Oracle: what is refused is told, with nothing left behind; what is taken keeps
 * the ranges of the table, and reads the same a second time.
 */
#include "fuzz.h"

#include "base/log.h"
#include "config/config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
check_ranges(const struct config *c)
{
    FUZZ_CHECK(c->slow_workers >= 1 && c->slow_workers <= 256);
    FUZZ_CHECK(c->max_clients >= 1 && c->max_clients <= 65536);
    FUZZ_CHECK(c->password_history <= 24);
    FUZZ_CHECK(c->state_dir != NULL && c->state_dir[0] == '/');
    FUZZ_CHECK(c->package_count >= 1);
    for (size_t i = 0; i < c->service_count; i++) {
        FUZZ_CHECK(c->services[i].name != NULL && c->services[i].name[0] != '\0');
        FUZZ_CHECK(c->services[i].max_contexts >= 1);
    }
}

static int
load(const char *path, bool authority_only, struct config **c)
{
    char error[CONFIG_ERROR_MAX] = "";
    int status = authority_only ? config_load_authority(path, c, error)
                                : config_load(path, c, error);

    FUZZ_CHECK((status == 0) == (*c != NULL));
    FUZZ_CHECK(status == 0 || error[0] != '\0');
    FUZZ_CHECK(memchr(error, '\0', sizeof(error)) != NULL);
    return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct config *c, *again;
    int fd = memfd_create("config", MFD_CLOEXEC), status;

    log_set_level(LOG_ERROR);
    FUZZ_CHECK(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    status = load(path, false, &c);
    if (status == 0)
        check_ranges(c);
    FUZZ_CHECK(load(path, false, &again) == status);
    FUZZ_CHECK(c == NULL || c->service_count == again->service_count);
    config_free(again);
    config_free(c);
    (void)load(path, true, &again);
    config_free(again);
    close(fd);
    return 0;
}
