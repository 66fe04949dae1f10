# Waits for a program, and becomes SQLite's shell, which runs it. A byte on descriptor 4 signals that this shell has
# booted; descriptor 3 brings the arguments, each ended by NUL.
unset SANDBOX_BOOT
printf 1 >&4
exec 4>&-
mapfile -d '' arguments <&3
exec 3<&-
program=script.sql
if [[ -L $program ]]; then # the run has files: the program is among them
    program=$(readlink "$program")
    cd "${program%/*}" || exit 1
    program=${program##*/}
fi
parameters=()
for number in "${!arguments[@]}"; do
    # As a text of SQL, in a text of the shell's own command.
    text=${arguments[number]//\'/\'\'}
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    parameters+=(-cmd ".parameter set ?$((number + 1)) \"'${text//$'\n'/\\n}'\"")
done
# By lines: rows that are printed survive the end at a limit.
exec stdbuf -oL sqlite3 -batch -bail -header -column -nullvalue NULL "${parameters[@]}" :memory: ".read $program"
