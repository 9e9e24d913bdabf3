/*
 * A module that was copied by half: dlopen(3) maps what the program headers say, and the process
 * gets SIGBUS at the first page behind the file's end, with nobody's name. So the headers are
 * compared with the file's size before (System V ABI, "ELF Header", "Program Header"). What else
 * may be wrong with a module dlopen(3) says itself.
 *
 * Runs in the authority and in applications. Trusts who may write modules not to do so meanwhile.
 */
#include "elf_file.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ELF_SEGMENTS_MAX 128u

static bool
read_at(int fd, void *out, size_t n, uint64_t at)
{
    return pread(fd, out, n, (off_t)at) == (ssize_t)n;
}

static bool
segment_is_whole(const ElfW(Phdr) *p, uint64_t size)
{
    return p->p_type != PT_LOAD || (p->p_filesz <= size && p->p_offset <= size - p->p_filesz);
}

static const char *
segments_refuse(int fd, const ElfW(Ehdr) *head, uint64_t size)
{
    ElfW(Phdr) p;

    if (head->e_phentsize != sizeof(p) || head->e_phnum > ELF_SEGMENTS_MAX)
        return "it is no module of this machine's";
    for (unsigned i = 0; i < head->e_phnum; i++) {
        if (head->e_phoff > size || !read_at(fd, &p, sizeof(p), head->e_phoff + i * sizeof(p)) ||
            !segment_is_whole(&p, size))
            return "the file is cut off: install it again";
    }
    return NULL;
}

static const char *
file_refuse(int fd)
{
    ElfW(Ehdr) head;
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return "it is no file";
    if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return "it is no ELF file";
    /* dlopen(3) says more of another machine's. */
    if (head.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return NULL;
    return segments_refuse(fd, &head, (uint64_t)st.st_size);
}

const char *
elf_file_refuse(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *reason;

    /* Not there, or not for us: dlopen(3) says that, too. */
    if (fd < 0)
        return NULL;
    reason = file_refuse(fd);
    close(fd);
    return reason;
}
