/* Whether a module's file is whole: see elf_file.c. */
#ifndef BASE_ELF_FILE_H
#define BASE_ELF_FILE_H

/* NULL: dlopen(3) may map it, as far as its length goes; else why not, a literal. */
const char *elf_file_refuse(const char *path);

#endif
