"""What the catalogue says of a class of a framework."""

from __future__ import annotations

from msgspec import Struct, field


class Alias(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a call says which database it means: a keyword, a position, and the database meant by saying nothing."""

    keyword: str | None = None
    argument: int | None = None
    default: str = "default"


class ClassEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A class of a framework. Types are full names; `Self` is the class itself, `Item` its type parameter, `X[Y]` applies one.

    `arg:0` is what that argument stands for (a class: its instance; a collection: its item; else itself), `attr:queryset` the
    same of an attribute that the project's subclass assigns (`attr:Meta.model` of a nested class), `gives:get_form_class`
    of what its method gives, `item:0` what an argument holds, `value:queryset` an argument itself, `key:0` what is kept under
    the name that it is, `registered:` (an admin class: of the models that it is registered for), `inlined:inlines.model` (of
    those of its inlines); of `A | B` the first known, `A & B` may be both.
    """

    name: str
    also: tuple[str, ...] = ()
    """Other full names under which it is imported; they mean `name` everywhere in the catalogue."""
    receivers: tuple[str, ...] = ()
    """Last names of variables (`session`, `db`) that stand for one where the type is not known; medium confidence."""
    foreign: tuple[str, ...] = ()
    """Attributes under which classes of other packages, of which nothing is known, have one: `objects`; a guess."""
    fields: tuple[str, ...] = ()
    """Full names, with `*`, of class attributes that only it has: a class of unknown bases with one derives from it."""
    holds: str | None = None
    """What one holds where nothing else says it."""
    bases: tuple[str, ...] = ()
    role: str | None = None
    """What it, or a subclass, is: model, form, serializer, view, viewset, admin, command, task, middleware, session, ...

    A `committing-provider` gives a session for a request and commits it when that is over. An `atomic-middleware`, named in the
    settings, opens a transaction around each request that may change something.
    """
    attributes: dict[str, str] = field(default_factory=dict)
    """Attributes that instances (and the class) have, with their types."""
    returns: dict[str, str] = field(default_factory=dict)
    """What methods return."""
    parameters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the framework passes to methods that the project overrides, after `self`: `{form_valid = ["attr:form_class"]}`.

    To the methods that an attribute of `registers` lists, it is under the name of that.
    """
    many: str | None = None
    """The attribute with the class that `many=True` makes in its place: `Meta.list_serializer_class`."""
    iterates: str | None = None
    """What a loop over an instance, or its subscript, gives."""
    keyed: tuple[str, ...] = ()
    """Of what a subscript by a name is the attribute, first known first: what the item's class declares, `attr:Meta.model`."""
    gives: str | None = None
    """What a class attribute that holds one reads as on an instance: `arg:0` for a foreign key."""
    reverse: str | None = None
    """Of a relation: what the model in the first argument gets for it; `Self` is the model that declares the field."""
    reverse_name: str | None = None
    """The keyword argument that says under which name it gets it: `related_name`."""
    reverse_default: str = ""
    """The name where none is given, `{}` for that of the class that declares it: `{}_set`; without, it gets none."""
    aliases: dict[str, Alias] = field(default_factory=dict)
    """Methods whose result works on the database that they name: `using`."""
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Hooks: method of this class -> methods of the same object that it calls (`post` -> `form_valid`).

    `child.save` is a method of what the attribute stands for, `get_form().save` of what the method gives; `save:update` runs
    of its own hooks only this one; `clean_*` is every method that begins so. As with `reaches`, what the project overrides
    stands in the place of the method's own effect entry.
    """
    registers: dict[str, str] = field(default_factory=dict)
    """Class attributes that list functions or names of methods, and the role that these have: `{actions = "admin-action"}`."""
    catches: str | None = None
    """Method that answers the errors of the methods which it calls, so that nothing around it sees them: `dispatch`."""
    wraps: str | None = None
    """Name of the boundary that the framework itself opens around the methods in `wrapped` (admin's save_model; `*`: all)."""
    wrapped: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    """Methods with which an instance begins a transaction by itself, where none is open yet."""
    off: tuple[str, ...] = ()
    """Class attributes that, where a subclass sets them to False, have the framework open no transaction (`atomic`)."""
