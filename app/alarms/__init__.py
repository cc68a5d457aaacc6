"""What should make people look: contradictions, duplicates, questions without an answer, topics pinned to a wording.

It reads numbers through the rails' door and quotes as generation does, so it stands above both and below the chat.
"""
