if true; then
    echo begun
