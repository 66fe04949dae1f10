# Waits for a program, and becomes the shell that runs it. A byte on descriptor 4 signals that this shell has booted;
# descriptor 3 brings the arguments, each ended by NUL.
unset SANDBOX_BOOT
printf 1 >&4
exec 4>&-
mapfile -d '' arguments <&3
exec 3<&-
program=/app/script.sh
if [[ -L $program ]]; then # the run has files: the program is among them
    program=$(readlink "$program")
    cd "${program%/*}" || exit 1
    unset OLDPWD
fi
exec /bin/bash "$program" "${arguments[@]}"
