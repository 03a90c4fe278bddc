#!/usr/bin/env python3
"""Bunnies: a meadow that its players share. Plays on plain --json; needs Python 3.10.

A player sends   {"t":"Me","name":"Ada","hue":210}   {"t":"Hop","x":400,"y":500}   {"t":"Emote","emote":"heart"}
A newcomer gets  {"t":"World", ...}, everything at once; then everyone gets small events: Bunny, Hop, Eat, Emote, Away, Here, Gone.
"""
import json
import math
import random
import sys

LEFT, TOP, RIGHT, BOTTOM = 50, 350, 1550, 950  # where bunnies can be, in a world of 1600 by 1000
STRIDE = 90  # one hop carries no farther, whatever the page asks for
REACH = 52  # how near to a carrot a bunny has to land
EMOTES = {'heart', 'smile', 'note', 'sleep'}

bunnies = {}  # by the player's number: id, name, hue, x, y, carrots


def tell(kind, **rest):
    """One line is one event. It goes to everyone in the room, or only to `_to`."""
    print(json.dumps({'t': kind, **rest}), flush=True)


def tell_room_list():
    print(json.dumps({'_meta': True, 'players': len(bunnies)}), flush=True)


def show_world(me):
    bounds = [LEFT, TOP, RIGHT, BOTTOM]
    tell('World', _to=me, you=me, bounds=bounds, carrots=carrots, bunnies=list(bunnies.values()))


def anywhere():
    return {'x': random.randint(LEFT + 50, RIGHT - 50), 'y': random.randint(TOP + 40, BOTTOM - 60)}


def hop(bunny, x, y):
    # NaN loses every comparison, so the bound stands first: then it is what remains.
    x, y = max(LEFT, min(RIGHT, x)), max(TOP, min(BOTTOM, y))
    dx, dy = x - bunny['x'], y - bunny['y']
    part = min(1, STRIDE / (math.hypot(dx, dy) or 1))
    bunny.update(x=round(bunny['x'] + dx * part), y=round(bunny['y'] + dy * part))
    tell('Hop', id=bunny['id'], x=bunny['x'], y=bunny['y'])
    for number, carrot in enumerate(carrots):
        if math.hypot(bunny['x'] - carrot['x'], bunny['y'] - carrot['y']) < REACH:
            carrot.update(anywhere())
            bunny['carrots'] += 1
            tell('Eat', id=bunny['id'], score=bunny['carrots'], carrot=number, x=carrot['x'], y=carrot['y'])


carrots = [anywhere() for _ in range(6)]
sys.stdin.reconfigure(encoding='utf-8', errors='replace')

for line in sys.stdin:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    # Players can send whatever is JSON. A pattern that names the types lets the right shapes in and nothing else.
    match message:
        case {'t': 'Join', '_from': int(me)}:
            show_world(me)
        case {'t': 'Away', '_sys': True, '_from': int(me)} if me in bunnies:
            bunnies[me]['away'] = True
            tell('Away', id=me)
        case {'t': 'Back', '_sys': True, '_from': int(me), **how}:
            if how:  # 'fresh' or 'missed': the page does not know all that has happened
                show_world(me)
            if me in bunnies and bunnies[me].pop('away', None):
                tell('Here', id=me)
        case {'t': 'Leave', '_from': int(me)}:
            if bunnies.pop(me, None):
                tell('Gone', id=me)
                tell_room_list()
        case {'t': 'Me', '_from': int(me), 'name': str(name), 'hue': int(hue)}:
            shown = ''.join(letter for letter in name[:200] if letter.isprintable()).strip()[:16].strip()
            bunny = bunnies.setdefault(me, {'id': me, 'carrots': 0, **anywhere()})
            bunny.update(name=shown or f'Bunny {me}', hue=hue % 360)
            tell('Bunny', **bunny)
            tell_room_list()
        case {'t': 'Hop', '_from': int(me), 'x': int(x) | float(x), 'y': int(y) | float(y)} if me in bunnies:
            hop(bunnies[me], x, y)
        case {'t': 'Emote', '_from': int(me), 'emote': str(emote)} if me in bunnies and emote in EMOTES:
            tell('Emote', id=me, emote=emote)
        case _:
            print('ignored:', line.strip()[:100], file=sys.stderr)
