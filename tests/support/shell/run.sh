# Waits for the go and becomes the program: arguments on descriptor 3, each ended by NUL.
printf 1 >&4
exec 4>&-
mapfile -d '' arguments <&3
exec 3<&-
program=/app/script.sh
if [ -L "$program" ]; then # the run has files
    program=$(readlink "$program")
    cd "${program%/*}" || exit 1
fi
exec /bin/bash "$program" "${arguments[@]}"
