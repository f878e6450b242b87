#!/usr/bin/env python3
"""Copies a corpus of unit files and makes its symbolic links links again.

    restore_links.py CORPUS COPY

`CORPUS/index.jsonl` names every link and its target. Some ways of copying a tree (git with core.symlinks=false,
archives for other systems) leave a small file with the target's name where a link was; systemd would read that as a
unit, so masks and aliases would be lost.
"""
import json
import os
import shutil
import sys

corpus, copy = sys.argv[1:3]
shutil.copytree(corpus, copy, symlinks=True)
made = 0
with open(os.path.join(copy, "index.jsonl"), encoding="utf-8") as index:
    for line in index:
        entry = json.loads(line)
        if not entry.get("link"):
            continue
        path = os.path.join(copy, entry["path"])
        if os.path.islink(path):
            continue
        directory = os.path.dirname(path)
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        if os.path.exists(path):
            os.unlink(path)
        os.symlink(entry["link"], path)
        made += 1
print(f"{made} links restored")
