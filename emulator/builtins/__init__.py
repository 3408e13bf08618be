"""What runs inside the containers of AWS's own algorithms; imports nothing else of the emulator."""
