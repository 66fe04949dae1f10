# One line finds all setuid programs, and intruders who have a shell type it first. Such a program runs with
# its owner's powers, for every user. The image has none, and this process can never gain powers again.
found=$(find / -xdev -type f -perm /6000 2> /dev/null)
if [[ $found ]]; then
    echo "ATTEMPT find a setuid program: succeeded (${found//$'\n'/, })"
else
    echo "ATTEMPT find a setuid program: blocked (there is none)"
fi

while read -r name value; do
    if [[ $name == NoNewPrivs: ]]; then
        if ((value == 1)); then
            echo "ATTEMPT be able to gain privileges: blocked (no_new_privs is on)"
        else
            echo "ATTEMPT be able to gain privileges: succeeded (no_new_privs is off)"
        fi
    fi
done < /proc/self/status
