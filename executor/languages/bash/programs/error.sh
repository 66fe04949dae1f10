set -eu
echo begun
echo "$nothing"
