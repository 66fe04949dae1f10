# A shell needs no tool to call out: in Bash, /dev/tcp/HOST/PORT is no file, but a connection. Intruders
# use it where an image has neither curl nor wget.
call() {
    local answer
    if answer=$(timeout 2 bash -c "exec 5<> /dev/tcp/$2" 2>&1); then
        echo "ATTEMPT call $1: succeeded (connected)"
    elif [[ $answer == *"Connection refused"* ]]; then
        echo "ATTEMPT call $1: succeeded (it answered: connection refused)"
    else
        answer=${answer%%$'\n'*}
        echo "ATTEMPT call $1: blocked (${answer##*: })"
    fi
}

call "the internet" 192.0.2.1/80
call "the cloud's metadata" 169.254.169.254/80

# The first address of each network that we are in: that is where the host listens.
found=0
while read -r _ network _ _ _ _ _ mask _; do
    if [[ $network != 00000000 && $mask != 00000000 ]]; then
        call "the next machine" "$((16#${network:6:2})).$((16#${network:4:2})).$((16#${network:2:2})).$((16#${network:0:2} + 1))/22"
        found=1
    fi
done < <(tail -n +2 /proc/net/route)
if ((!found)); then
    echo "ATTEMPT find a next machine: blocked (there is no route to anywhere)"
fi
