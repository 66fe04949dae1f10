# `yes` prints without end, and it is the fastest way to fill a disk: a log of Docker's grows by gigabytes
# a minute.
yes "$(printf 'x%.0s' {1..99})" | head -c 1000000

echo
echo "ATTEMPT print 1 MB: succeeded (all of it was taken)"
