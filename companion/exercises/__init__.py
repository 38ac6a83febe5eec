"""The exercises of the notebooks, one module a step.

    from companion.exercises import step1

    step1.batch_the_penguins.check(penguins_train)
"""
