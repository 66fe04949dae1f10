# The classic of all fork bombs is thirteen characters of shell:
#
#     :(){ :|:& };:
#
# It defines a function named ":" that starts itself twice, joined by a pipe, in the background, and then
# calls it. This one is the same with an end: after six doublings its copies sleep.
:() {
    if (($1 > 0)); then
        : $(($1 - 1)) | : $(($1 - 1)) &
    fi
    sleep 4
}
: 6 2> /tmp/refused &
sleep 2

processes=(/proc/[0-9]*)
if ((${#processes[@]} >= 100)); then
    echo "ATTEMPT have 100 processes: succeeded (${#processes[@]} are alive)"
    exit 0
fi
echo "ATTEMPT have 100 processes: blocked (${#processes[@]} are alive)"
exit 1
