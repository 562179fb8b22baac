"""Lets `python -m dialer` do what `dialer` does."""

from dialer.cli import main

if __name__ == "__main__":
    main()
