#!/usr/bin/env python3
"""A player for XO that is a program: reads what a player's page would get, prints its moves."""
import argparse
import json
import random
import sys
import time

from brain import think
from fold import fold, seat_of


def main():
    options = argparse.ArgumentParser(description='Plays XO.')
    options.add_argument('--pace', type=int, default=600, help='milliseconds for which it seems to think')
    options.add_argument('--budget', type=int, default=80, help='milliseconds for which it does think')
    options.add_argument('--seed', type=int, help='choices that can be repeated')
    asked = options.parse_args()
    chance = random.Random(asked.seed)
    you, state = None, None
    for line in sys.stdin:
        message = json.loads(line)
        match message:
            case {'type': 'welcome'}:
                you, state = message['you'], message['state']
            case {'type': 'event'} if state and message['seq'] > state['seq']:
                state = fold(state, message)
            case _:
                continue
        if state['phase'] != 'playing' or state['turn'] != seat_of(state, you):
            continue
        begun = time.monotonic()
        mark = 'X' if state['turn'] == state['first'] else 'O'
        at = think(state['cells'], state['side'], state['line'], mark, chance, asked.budget / 1000)
        time.sleep(max(0, asked.pace / 1000 - (time.monotonic() - begun)))
        y, x = divmod(at, state['side'])
        print(json.dumps({'type': 'move', 'data': {'x': x, 'y': y}, 'ref': state['seq']}), flush=True)


if __name__ == '__main__':
    main()
