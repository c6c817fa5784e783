"""How two variants are trained differently."""

from bakeoff.training.recipe import Recipe


def differences(one, other):
    """Return the fields in which two variants are trained differently."""

    def unequal(fields, mine, others):
        return {f for f in fields if getattr(mine, f) != getattr(others, f)}

    recipe = unequal(Recipe.model_fields, one.recipe, other.recipe)
    fields = unequal(("model", "objective", "decision", "optimizer"), one, other)
    return fields | {f"recipe.{field}" for field in recipe}
