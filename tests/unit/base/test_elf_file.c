/* Modules that are cut off, of every length that matters: libcmocka's own file is the module. */
#include "unit.h"

#include "base/elf_file.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static char *bytes;
static size_t size;
static char path[64];

static int
setup(void **state)
{
    Dl_info library;
    struct stat st;
    FILE *f;

    (void)state;
    if (dladdr((void *)(uintptr_t)_assert_true, &library) == 0 || stat(library.dli_fname, &st) != 0)
        return 1;
    size = (size_t)st.st_size;
    bytes = malloc(size);
    f = fopen(library.dli_fname, "re");
    assert_int_equal(fread(bytes, 1, size, f), size);
    fclose(f);
    strcpy(path, "/tmp/test-elf-XXXXXX");
    close(mkstemp(path));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    free(bytes);
    return unlink(path);
}

static const char *
refused(size_t n)
{
    FILE *f = fopen(path, "we");

    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return elf_file_refuse(path);
}

/* Whatever dlopen(3) says of what is not refused: it says it. */
static void
loads_in_peace(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        (void)dlopen(path, RTLD_NOW | RTLD_LOCAL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
}

static void
any_length(void **state)
{
    unsigned cut = 0;

    (void)state;
    for (size_t n = 0; n < size; n += n < 1024 ? 61 : PAGE - 1) {
        if (refused(n) == NULL)
            loads_in_peace();
        else
            cut++;
    }
    assert_true(cut > 20);
    assert_null(refused(size));
    loads_in_peace();
}

static void
no_modules(void **state)
{
    (void)state;
    assert_string_equal(refused(0), "it is no ELF file");
    assert_string_equal(refused(PAGE), "the file is cut off: install it again");
    assert_string_equal(elf_file_refuse("/tmp"), "it is no file");
    /* dlopen(3) has better words. */
    assert_null(elf_file_refuse("/nowhere/at/all.so"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_length, setup, teardown),
        cmocka_unit_test_setup_teardown(no_modules, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
