"""`except*`: splitting exception groups and putting together what is left."""

from __future__ import annotations

from hotloop_interp.frame import NULL
from hotloop_interp.protocol import is_a
from hotloop_interp.sealed import seal

seal(globals())

_NOT_CLASSES = "catching classes that do not inherit from BaseException is not allowed"
_GROUPS = "catching ExceptionGroup with except* is not allowed. Use except instead."


def check_classes(class_: object) -> None:
    """check_except_star_type_valid of ceval.c."""
    classes = class_ if is_a(class_, tuple) else (class_,)
    for item in classes:
        if not (is_a(item, type) and type.__subclasscheck__(BaseException, item)):
            raise TypeError(_NOT_CLASSES)
    for item in classes:
        if is_a(item, type) and issubclass(item, BaseExceptionGroup):
            raise TypeError(_GROUPS)


def group_match(exception: BaseException, class_: object) -> tuple[object, object]:
    """(rest, match) (exception_group_match of ceval.c)."""
    check_classes(class_)
    classes = class_ if is_a(class_, tuple) else (class_,)
    mro = type(exception).__mro__
    if any(item in mro for item in classes):
        if is_a(exception, BaseExceptionGroup):
            return None, exception
        wrapped = ExceptionGroup if is_a(exception, Exception) else BaseExceptionGroup
        return None, wrapped("", (exception,))  # type: ignore[type-var]
    if is_a(exception, BaseExceptionGroup):
        match, rest = exception.split(class_)  # type: ignore[call-overload]
        return (exception, None) if match is None else (rest, match)
    return exception, None


def prep_reraise_star(original: BaseException, raised: list[object]) -> object:
    """_PyExc_PrepReraiseStar of exceptions.c."""
    if not raised:
        return None
    if not is_a(original, BaseExceptionGroup):
        # A naked exception was wrapped; only one clause ran.
        return raised[0]
    fresh: list[BaseException] = []
    again: list[BaseException] = []
    for item in raised:
        if item is None:
            continue
        assert isinstance(item, BaseException)
        (again if _same_metadata(item, original) else fresh).append(item)
    projection = _projection(original, again)
    if not fresh:
        return projection
    if projection is not None:
        fresh.append(projection)
    if len(fresh) == 1:
        return fresh[0]
    kind = ExceptionGroup if all(is_a(e, Exception) for e in fresh) else BaseExceptionGroup
    return kind("", fresh)  # type: ignore[type-var]


def _same_metadata(one: BaseException, other: BaseException) -> bool:
    """is_same_exception_metadata: the parts of the original group keep its metadata."""
    if not is_a(one, BaseExceptionGroup):
        return False
    return (
        getattr(one, "__notes__", NULL) is getattr(other, "__notes__", NULL)
        and one.__traceback__ is other.__traceback__
        and one.__cause__ is other.__cause__
        and one.__context__ is other.__context__
    )


def _leaf_ids(exception: BaseException) -> set[int]:
    """collect_exception_group_leaf_ids."""
    if not is_a(exception, BaseExceptionGroup):
        return {id(exception)}
    return set().union(*(_leaf_ids(item) for item in exception.exceptions))


def _projection(
    original: BaseExceptionGroup[BaseException], keep: list[BaseException]
) -> BaseException | None:
    """exception_group_projection: the part of the original that was raised again."""
    if not keep:
        return None
    leaves = set().union(*(_leaf_ids(item) for item in keep))
    return original.split(lambda item: id(item) in leaves)[0]
