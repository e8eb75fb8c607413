"""What users and models say around a call in languages other than English and simplified Chinese, as data.

One TOML file a language. A list holds regular expressions in small letters; accents may be there or not:

- `example`: an example is asked for, or a form; a call may be part of it, or be meant all the same;
- `call`: a call as text is asked for, without a doubt;
- `forbids`: nothing is to run. It must not hold back an action, so it says "do not run it", "anything" or "the call",
  or "do not run" at the end of a clause, and never "do not run the tests";
- `plans`: the model is to say what it would do; `goes_ahead`: and is then to do it;
- `doubts`: words of a model by which a call may be an example;
- `announces`: words of a model that say what it does now. An unknown announcement is none, which costs a question.

A string is a piece that patterns name in braces. A space stands for any space, ` … ` for some words of the same clause,
`{start}` and `{end}` for where a clause begins and ends. `spaced` is false where words are written without space
between them, or where a letter may stand before or behind a word that is looked for.
"""

from graph.endpoint.recovery.languages.patterns import ends_of, fold, says

__all__ = ["ends_of", "fold", "says"]
