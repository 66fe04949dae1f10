echo begun
pythn script.py
