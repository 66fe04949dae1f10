# The second stage of most attacks: bring a program along, write it to a place that is writable, run it.
# What is written here can be read, and not executed. Old tricks do not help: the linker of programs maps
# the file as executable, and the kernel refuses that too. A script is another matter: the shell only
# reads it.
for place in /tmp/tool /dev/shm/tool; do
    cp /bin/true "$place"
    chmod +x "$place"
    if answer=$("$place" 2>&1); then
        echo "ATTEMPT run $place: succeeded"
    else
        echo "ATTEMPT run $place: blocked (${answer##*: })"
    fi
    linker=(/lib64/ld-linux*.so.* /lib/ld-linux*.so.*)
    for one in "${linker[@]}"; do
        [[ -x $one ]] || continue
        if answer=$("$one" "$place" 2>&1); then
            echo "ATTEMPT run $place by the linker: succeeded"
        else
            echo "ATTEMPT run $place by the linker: blocked (${answer##*: })"
        fi
        break
    done
done
