"""The verdict on a champion and a challenger, from counts and sums."""
